//! The specification's CDDL describes the golden vectors, and names every code and every limit that the program has.

#[cfg(test)]
mod cddl;

#[cfg(test)]
mod structures;
