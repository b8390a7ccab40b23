#pragma once

#include <stdint.h>
#include <sys/types.h>

// What glibc declares only for _GNU_SOURCE, which Swift's import of it does not define, and the start of
// a process, whose arguments Swift can lay out only with pointers to pointers. All functions return -1
// and set errno on failure.

/// Starts a program that has the standard input and output that are given, no standard error, at 3 the
/// file, and nothing else that is open; no signal is blocked or ignored in it.
pid_t gpc_spawn(
    const char *path, const char *const *environment, int input, int output, int file);

/// Two ends of a pipe, for reading and for writing, closed in every program that is started. The pipe
/// holds so many bytes if the system allows it.
int gpc_pipe(int ends[2], int byte_count);

/// Two ends of a connection, closed in every program that is started.
int gpc_connection(int ends[2]);

/// Limits of a process.
typedef struct {
  /// What it may have at first, and what gpc_limit_addresses can give it.
  uint64_t address_byte_count, largest_address_byte_count;
  /// Nothing may be written to files; pipes have no limit.
  int only_reads;
  uint64_t open_file_count;
} gpc_limits;

/// Sets what a process may have; it cannot raise any of them over what it can be given.
int gpc_limit(pid_t process, gpc_limits limits);

/// Lets a process have so many bytes of addresses from now on.
int gpc_limit_addresses(pid_t process, uint64_t byte_count);

/// Lets a process compute for so many seconds since its start.
int gpc_limit_seconds(pid_t process, uint64_t seconds);

/// Lets this process open nothing beside what it has open, nor be given more of it.
int gpc_limit_open_files(void);

/// A file in memory without a name, closed in every program that is started.
int gpc_memory_file(const char *name);

/// How many seconds of processor time a process has used; -1 where nobody knows.
double gpc_used_seconds(pid_t process);

/// Opens a file without a name in a folder, for reading and writing; -1 where that cannot be. This is
/// necessary because glibc declares O_TMPFILE only for _GNU_SOURCE.
int gpc_unnamed_file(const char *folder);
