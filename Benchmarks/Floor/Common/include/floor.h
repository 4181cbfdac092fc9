// What both floor programs share: CPU time of this thread, medians, and how to stop.
#ifndef RAPPORT_FLOOR_H
#define RAPPORT_FLOOR_H

#include <stddef.h>
#include <stdint.h>

// CPU time of the calling thread, user and system, in nanoseconds.
int64_t floor_cpu_ns(void);

// Sorts `values` and returns the middle one.
double floor_median(double *values, size_t count);

// Prints what failed and exits with status 1.
_Noreturn void floor_fail(const char *what, const char *detail);

// The value behind `name` in the arguments, or `fallback`.
const char *floor_option(int argc, char **argv, const char *name, const char *fallback);
long floor_number(int argc, char **argv, const char *name, long fallback);

#endif
