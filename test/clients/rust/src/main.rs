//! Reads a GraphQL schema from standard input and fails on errors.
use std::error::Error;
use std::io::{read_to_string, stdin};

fn main() -> Result<(), Box<dyn Error>> {
    let sdl = read_to_string(stdin())?;
    graphql_parser::parse_schema::<String>(&sdl)?;
    Ok(())
}
