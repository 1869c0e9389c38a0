// The weights of VGG.small(), a safetensors file that lies in the program itself: it is found from anywhere.
#pragma once

#include <stddef.h>
#include <stdint.h>

const uint8_t *graft_small_encoder_bytes(void);
size_t graft_small_encoder_count(void);
