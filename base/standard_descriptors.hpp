#pragma once

namespace mt {

/// Opens on /dev/null whichever of the descriptors 0, 1 and 2 is closed: the next file to be opened would get its number, and with it
/// what is said to the user. First thing of a program.
void claim_standard_descriptors();

}  // namespace mt
