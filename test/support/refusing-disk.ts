import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A refusal: calls of this C function on files below the folder fail with this error number. */
export interface Refusal {
  readonly call: 'fsync' | 'fdatasync' | 'link' | 'utimensat' | 'futimens' | 'write' | 'fchmod'
  readonly errno: number
}

/**
 * Makes a disk that refuses calls, for a program started with the returned environment. It refuses SQLite's own calls too, which
 * nothing inside Node can do. Without a C compiler it skips the test and returns undefined.
 */
export function refusingDisk(t: TestContext, folder: string, refusals: readonly Refusal[]): Readonly<Record<string, string>> | undefined {
  if (process.platform !== 'linux') {
    t.skip('calls are refused on Linux only')
    return undefined
  }
  const place = mkdtempSync(join(tmpdir(), 'refusing-disk-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const [source, library] = [join(place, 'refuse.c'), join(place, 'refuse.so')]
  writeFileSync(source, C_SOURCE)
  try {
    execFileSync('/usr/bin/cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'ignore' })
  } catch {
    t.skip('there is no C compiler here')
    return undefined
  }
  const table = refusals.map(({ call, errno }) => `${call}=${errno}`).join(',')
  return { LD_PRELOAD: library, REFUSE_BELOW: folder, REFUSE: `,${table},` }
}

const C_SOURCE = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int refused(const char *call, const char *path) {
  const char *below = getenv("REFUSE_BELOW"), *table = getenv("REFUSE");
  char key[64];
  if (!below || !table || !path || strncmp(path, below, strlen(below))) return 0;
  snprintf(key, sizeof key, ",%s=", call);
  const char *found = strstr(table, key);
  return found ? atoi(found + strlen(key)) : 0;
}

static int refusedFile(const char *call, int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return refused(call, path);
}

#define ON_FILE(result, name, parameters, arguments) \\
  result name parameters { \\
    int number = refusedFile(#name, fd); \\
    if (number) { errno = number; return -1; } \\
    result (*real) parameters = dlsym(RTLD_NEXT, #name); \\
    return real arguments; \\
  }

ON_FILE(int, fsync, (int fd), (fd))
ON_FILE(int, fdatasync, (int fd), (fd))
ON_FILE(int, fchmod, (int fd, mode_t mode), (fd, mode))
ON_FILE(int, futimens, (int fd, const struct timespec times[2]), (fd, times))

#define WRITING(result, name, parameters, arguments) \\
  result name parameters { \\
    int number = refusedFile("write", fd); \\
    if (number) { errno = number; return -1; } \\
    result (*real) parameters = dlsym(RTLD_NEXT, #name); \\
    return real arguments; \\
  }

WRITING(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRITING(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
WRITING(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at))
WRITING(ssize_t, writev, (int fd, const struct iovec *pieces, int count), (fd, pieces, count))
WRITING(ssize_t, pwritev, (int fd, const struct iovec *pieces, int count, off_t at), (fd, pieces, count, at))
WRITING(ssize_t, pwritev64, (int fd, const struct iovec *pieces, int count, off_t at), (fd, pieces, count, at))

int link(const char *from, const char *to) {
  int number = refused("link", to);
  if (number) { errno = number; return -1; }
  int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
  return real(from, to);
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
  int number = path ? refused("utimensat", path) : refusedFile("futimens", folder);
  if (number) { errno = number; return -1; }
  int (*real)(int, const char *, const struct timespec[2], int) = dlsym(RTLD_NEXT, "utimensat");
  return real(folder, path, times, flags);
}
`
