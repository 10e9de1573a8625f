#pragma once
#include "base/cli/findings.hpp"
#include "mtg/verbs.hpp"

// What `mtg doctor` looks at, part by part. None of it changes anything.

namespace mt::mtg {

/// What isolation and supervision need of the kernel: Landlock, seccomp, cgroups, pidfds.
void examine_kernel(cli::Findings& findings);
/// Descriptors, processes, inotify watches, beside the number of tenants.
void examine_limits(std::size_t tenants, cli::Findings& findings);
/// Owner, modes and room of the folders; the programs beside this one.
void examine_folders(const Layout& layout, cli::Findings& findings);
/// Whether a user of its own for every tenant (uids of mtg.json) could reach the tenants' folders.
void examine_isolation(const Context& context, cli::Findings& findings);
/// The addresses: whether they can be had, or with a gateway whether it answers there, and keeps tenants behind their
/// prefixes.
void examine_listeners(const Context& context, cli::Findings& findings);

}  // namespace mt::mtg
