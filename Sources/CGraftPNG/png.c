#include "graft_png.h"
