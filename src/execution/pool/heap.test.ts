import { expect, it } from 'vitest'
import { fc } from '../../testing/seededCheck.ts'
import { Heap } from './heap.ts'

it('gives back its items in order, however they came in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, later) => {
      const heap = new Heap<number>((a, b) => a < b, first)
      for (const item of later) heap.push(item)
      expect(heap.size).toBe(first.length + later.length)
      const out: number[] = []
      while (heap.size > 0) {
        expect(heap.peek()).toBe(
          Math.min(...[...first, ...later].sort((a, b) => a - b).slice(out.length)),
        )
        out.push(heap.pop()!)
      }
      expect(out).toEqual([...first, ...later].sort((a, b) => a - b))
      expect(heap.pop()).toBeUndefined()
    }),
  )
})
