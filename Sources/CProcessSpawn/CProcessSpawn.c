#define _GNU_SOURCE
#include "CProcessSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { gpc_file_number = 3 };

pid_t gpc_spawn(
    const char *path, const char *const *environment, int input, int output, int file) {
  // Numbers that the program will use itself could be in each other's way.
  int given[3] = {input, output, file};
  int copies[3] = {-1, -1, -1};
  int failure = 0;
  for (int index = 0; index < 3 && !failure; index++) {
    copies[index] = fcntl(given[index], F_DUPFD_CLOEXEC, gpc_file_number + 1);
    if (copies[index] < 0) failure = errno;
  }
  pid_t process = -1;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (!failure) failure = posix_spawn_file_actions_init(&actions);
  if (!failure) {
    failure = posix_spawnattr_init(&attributes);
    if (!failure) {
      sigset_t none, all;
      sigemptyset(&none);
      sigfillset(&all);
      posix_spawnattr_setsigmask(&attributes, &none);
      posix_spawnattr_setsigdefault(&attributes, &all);
      // A group of its own, so that an interrupt from the terminal reaches only who started it.
      posix_spawnattr_setpgroup(&attributes, 0);
      posix_spawnattr_setflags(
          &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
      failure = posix_spawn_file_actions_adddup2(&actions, copies[0], STDIN_FILENO);
      if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, copies[1], STDOUT_FILENO);
      if (!failure)
        failure = posix_spawn_file_actions_addopen(
            &actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
      if (!failure)
        failure = posix_spawn_file_actions_adddup2(&actions, copies[2], gpc_file_number);
      if (!failure)
        failure = posix_spawn_file_actions_addclosefrom_np(&actions, gpc_file_number + 1);
      char *const arguments[] = {(char *)path, NULL};
      if (!failure)
        failure = posix_spawn(
            &process, path, &actions, &attributes, arguments, (char *const *)environment);
      posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
  }
  for (int index = 0; index < 3; index++) {
    if (copies[index] >= 0) close(copies[index]);
  }
  if (failure) {
    errno = failure;
    return -1;
  }
  return process;
}

int gpc_pipe(int ends[2], int byte_count) {
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  // A smaller one is slower and otherwise the same.
  (void)fcntl(ends[1], F_SETPIPE_SZ, byte_count);
  return 0;
}

int gpc_connection(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

/// Lowers one limit; what is lower already stays.
static int lower(pid_t process, int resource, rlim_t value) {
  struct rlimit limit;
  if (prlimit(process, resource, NULL, &limit) != 0) return -1;
  if (limit.rlim_max < value) value = limit.rlim_max;
  limit.rlim_cur = value;
  limit.rlim_max = value;
  return prlimit(process, resource, &limit, NULL);
}

/// Sets a limit that may be raised again, up to what cannot.
static int limit_softly(pid_t process, int resource, rlim_t value) {
  struct rlimit limit;
  if (prlimit(process, resource, NULL, &limit) != 0) return -1;
  limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
  return prlimit(process, resource, &limit, NULL);
}

int gpc_limit_addresses(pid_t process, uint64_t byte_count) {
  return limit_softly(process, RLIMIT_AS, byte_count);
}

int gpc_limit(pid_t process, gpc_limits limits) {
  if (lower(process, RLIMIT_AS, limits.largest_address_byte_count) != 0) return -1;
  if (gpc_limit_addresses(process, limits.address_byte_count) != 0) return -1;
  if (lower(process, RLIMIT_CORE, 0) != 0) return -1;
  if (lower(process, RLIMIT_NOFILE, limits.open_file_count) != 0) return -1;
  return limits.only_reads ? lower(process, RLIMIT_FSIZE, 0) : 0;
}

int gpc_limit_seconds(pid_t process, uint64_t seconds) {
  return limit_softly(process, RLIMIT_CPU, seconds);
}

int gpc_limit_open_files(void) {
  // The lowest number that is free tells how many are taken, since none above is.
  int next = dup(STDIN_FILENO);
  if (next < 0) return -1;
  close(next);
  return lower(0, RLIMIT_NOFILE, (rlim_t)next);
}

int gpc_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int gpc_unnamed_file(const char *folder) {
  return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

double gpc_used_seconds(pid_t process) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) return -1;
  return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}
