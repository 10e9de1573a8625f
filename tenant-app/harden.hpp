#pragma once
namespace mt::app {

/// What every mode does first: files for the owner only, no core dumps, no way for another process of the same user to look in,
/// one malloc arena. `gateway_child`: the process also dies with the gateway that started it, at once if it is gone already.
void harden(bool gateway_child);

/// Gives memory that start-up used and freed back to the system: it would stay with every idle tenant.
void trim_memory();

}  // namespace mt::app
