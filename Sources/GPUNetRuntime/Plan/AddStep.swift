/// Adds a layer's input to a map where it lies: for a residual that no kernel adds while it makes the
/// map, such as one behind an activation.
final class AddStep: PlanStep {
  private let residual: PlannedMap
  private let blocks: EvenDivision

  init(_ residual: PlannedMap, to map: PlannedMap, layerIndex: Int, threadCount: Int) {
    self.residual = residual
    blocks = EvenDivision(map.layout.blockCount, longest: 8, multiple: threadCount)
    super.init(
      layerIndex: layerIndex, title: "residual", kernel: "add", multiplyAdds: 0,
      inputs: [map, residual], output: map, taskCount: map.layout.imageCount * blocks.partCount,
      scratchCount: 0)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    let image = task / blocks.partCount
    // Both have one shape, and so one layout.
    let map = output.layout
    let count = map.planeCount * MapLayout.blockWidth
    for block in blocks[task % blocks.partCount] {
      let offset = image * map.imageStride + block * map.blockStride
      let place = unsafe memory.start(of: output) + offset
      let addends = unsafe memory.start(of: residual) + offset
      for index in 0..<count { unsafe place[index] += addends[index] }
    }
  }
}
