#include "graft_small_encoder.h"

// Made by pretrain-small-encoder.
static const uint8_t bytes[] = {
#embed "small-vgg.safetensors"
};

const uint8_t *graft_small_encoder_bytes(void) { return bytes; }
size_t graft_small_encoder_count(void) { return sizeof bytes; }
