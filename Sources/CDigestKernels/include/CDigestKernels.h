#ifndef GPD_DIGEST_KERNELS_H
#define GPD_DIGEST_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Every function exists in a portable form and in one that uses the processor's own instructions.
// The plain name takes the faster form that this processor can run; the others are there so that
// tests can compare them. `bytes` may have any alignment and be NULL where `count` is 0.

/// Continues a CRC-32 (the one of zip and gzip, polynomial 0x04C11DB7 reflected) over `count` bytes.
/// A new checksum starts from `crc` 0; the result is the checksum of all bytes so far.
uint32_t gpd_crc32(uint32_t crc, const void *bytes, size_t count);
uint32_t gpd_crc32_portable(uint32_t crc, const void *bytes, size_t count);
/// May be called only where `gpd_crc32_is_accelerated()`.
uint32_t gpd_crc32_accelerated(uint32_t crc, const void *bytes, size_t count);
bool gpd_crc32_is_accelerated(void);

/// Continues a SHA-256 over `block_count` blocks of 64 bytes; `state` is the eight words of
/// FIPS 180-4, section 6.2.
void gpd_sha256(uint32_t state[8], const void *blocks, size_t block_count);
void gpd_sha256_portable(uint32_t state[8], const void *blocks, size_t block_count);
/// May be called only where `gpd_sha256_is_accelerated()`.
void gpd_sha256_accelerated(uint32_t state[8], const void *blocks, size_t block_count);
bool gpd_sha256_is_accelerated(void);

#endif
