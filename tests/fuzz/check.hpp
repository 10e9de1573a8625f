#pragma once
#include <cstdlib>

/// An invariant: libFuzzer keeps the input that breaks it.
#define MT_FUZZ_CHECK(fact)      \
    do {                         \
        if (!(fact)) std::abort(); \
    } while (false)
