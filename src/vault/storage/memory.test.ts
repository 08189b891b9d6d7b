import { storageContract } from '../../../test/contracts/storage.contract.ts'
import { bareStorage } from '../../../test/support/bare-storage.ts'
import { openMemory } from './memory.ts'

storageContract('memory storage', () => ({ storage: openMemory() }))
storageContract('memory storage with the core alone', () => ({ storage: bareStorage(openMemory()) }), { resumes: false })
