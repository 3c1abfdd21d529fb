//! End to end: the real programs on loopback, told as stories of Rosa, Ben and Ana.

#[cfg(test)]
mod neighbors;

#[cfg(test)]
mod recovery;
mod refusals;

#[cfg(test)]
mod sharing;

#[cfg(test)]
mod merging;

#[cfg(test)]
mod importing;

#[cfg(test)]
mod crashes;

#[cfg(test)]
mod faults;

#[cfg(test)]
mod secrecy;

#[cfg(test)]
mod invitations;

#[cfg(test)]
mod members;

#[cfg(test)]
mod peers;

#[cfg(test)]
mod operation;

#[cfg(test)]
mod requests;

#[cfg(test)]
mod carrying;

#[cfg(test)]
mod keeping;

#[cfg(test)]
mod circles;

#[cfg(test)]
mod moving;
