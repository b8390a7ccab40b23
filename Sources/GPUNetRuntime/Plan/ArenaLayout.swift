/// Where the maps of a plan lie in one piece of memory: maps that are alive at the same step do not
/// overlap.
struct ArenaLayout: Sendable {
  /// The first element of each map.
  let offsets: [Int]
  /// The number of elements of the arena.
  let elementCount: Int
  /// The largest sum of the elements of maps that are alive at one step; no arena can be smaller.
  let leastElementCount: Int

  private struct Life {
    let map: PlannedMap
    /// The steps from the one that writes it to the last that reads it.
    var steps: ClosedRange<Int>
  }

  init(maps: [PlannedMap], steps: [PlanStep], input: PlannedMap?, output: PlannedMap) {
    var lives = maps.map { Life(map: $0, steps: 0...0) }
    for (index, step) in steps.enumerated() {
      if !step.inputs.contains(where: { $0.index == step.output.index }) {
        lives[step.output.index].steps = index...index
      }
      for map in step.inputs {
        lives[map.index].steps = lives[map.index].steps.lowerBound...index
      }
    }
    lives[output.index].steps = lives[output.index].steps.lowerBound...steps.count

    let pressures = (0...steps.count).map { step in
      lives.filter { $0.steps.contains(step) }.reduce(0) { $0 + $1.map.layout.elementCount }
    }
    leastElementCount = pressures.max() ?? 0

    // No one order is best for every network: a map that is placed early may stand in the middle
    // of what later ones need in one piece.
    func size(_ life: Life) -> Int { life.map.layout.elementCount }
    func pressure(_ life: Life) -> Int { life.steps.map { pressures[$0] }.max() ?? 0 }
    let orders: [[Life]] = [
      lives.ordered { size($0) },
      lives.ordered { pressure($0) },
      lives.ordered { size($0) }.ordered { pressure($0) },
      lives.ordered { $0.steps.count }.ordered { pressure($0) },
      lives,
    ]
    let layouts = orders.map { ArenaLayout.place($0, mapCount: maps.count) }
    let best = layouts.min { $0.end < $1.end }!
    offsets = best.offsets
    elementCount = best.end
  }

  /// Gives each map in turn the smallest gap that is large enough among those that are alive
  /// together with it.
  private static func place(_ order: [Life], mapCount: Int) -> (offsets: [Int], end: Int) {
    var offsets = [Int](repeating: 0, count: mapCount)
    var placed: [Life] = []
    var end = 0
    for life in order {
      let count = life.map.layout.elementCount
      let neighbours = placed.filter { $0.steps.overlaps(life.steps) }
        .sorted { offsets[$0.map.index] < offsets[$1.map.index] }
      var best: (offset: Int, room: Int)?
      var gapStart = 0
      for neighbour in neighbours {
        let start = offsets[neighbour.map.index]
        let room = start - gapStart
        if room >= count, best.map({ room < $0.room }) ?? true { best = (gapStart, room) }
        gapStart = max(gapStart, start + neighbour.map.layout.elementCount)
      }
      offsets[life.map.index] = best?.offset ?? gapStart
      end = max(end, offsets[life.map.index] + count)
      placed.append(life)
    }
    return (offsets, end)
  }
}

extension Array {
  /// The elements with the largest keys first; equals stay in their order.
  fileprivate func ordered(by key: (Element) -> Int) -> [Element] {
    enumerated().map { (key: key($1), index: $0, element: $1) }
      .sorted { $0.key == $1.key ? $0.index < $1.index : $0.key > $1.key }
      .map(\.element)
  }
}
