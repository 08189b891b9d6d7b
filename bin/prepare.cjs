// biome-ignore-all lint/style/useNodejsImportProtocol: a Node too old to know node: must be able to read it.
'use strict'

// What holds for the process, however the program was started: by Node, or as an executable.

// A program that has not finished has failed: the exit code is 1 until the end proves a better one.
process.exitCode = 1

// Small files wait for the disk, several at a time: on a slow disk four threads are a third as fast. Before anything uses the pool.
if (!process.env.UV_THREADPOOL_SIZE) process.env.UV_THREADPOOL_SIZE = '16'
