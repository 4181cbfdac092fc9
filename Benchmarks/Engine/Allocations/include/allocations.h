// Counts heap allocations of this program by standing in front of the C library's allocator.
#ifndef RAPPORT_ALLOCATIONS_H
#define RAPPORT_ALLOCATIONS_H

#include <stdint.h>

// Blocks that the calling thread has asked for so far, whoever asked: malloc, calloc, realloc and their aligned kin.
uint64_t allocations_of_thread(void);

#endif
