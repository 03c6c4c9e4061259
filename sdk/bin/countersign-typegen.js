#!/usr/bin/env node
// In a checkout npm makes the command before the SDK is built, of files that are there.
import "../dist/typegen/main.js";
