#ifndef GRAFT_FUZZER_H
#define GRAFT_FUZZER_H

#include <stddef.h>
#include <stdint.h>

// The entry of libFuzzer for programs that have a main function of their own (LLVM's documentation, "Using libFuzzer as
// a library"). Calls `run` with one input after another until it has a reason to stop.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *data, size_t size));

#endif
