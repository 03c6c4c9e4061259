// Preloaded into a program that is measured: at SIGUSR2 it writes what V8 says of its memory into a file named
// after the process, in the folder MEMORY_REPORTS.
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { getHeapSpaceStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  process.on("SIGUSR2", () => {
    const file = path.join(process.env.MEMORY_REPORTS, `${process.pid}.json`);
    const spaces = getHeapSpaceStatistics();
    writeFileSync(`${file}.next`, JSON.stringify({ ...process.memoryUsage(), spaces }));
    renameSync(`${file}.next`, file);
  });
}
