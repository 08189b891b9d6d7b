import { storageContract } from '../../../test/contracts/storage.contract.ts'
import { openMemory } from './memory.ts'

storageContract('memory storage', () => ({ storage: openMemory() }))
