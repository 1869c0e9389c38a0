import Foundation
import GraftDatasets
import GraftFiles
import GraftLayers
import GraftModels
import GraftTensor

/// One call of a feature store: finds the rows of a data set, and computes those that are missing.
struct FeatureComputation {
  /// How many pictures are computed at a time.
  static let batchSize = 4

  let pictures: PictureSource
  let encoder: any ImageEncoder
  let algorithm: ConvolutionAlgorithm
  let store: FeatureStore
  let hold: RowHold
  let table: FeatureTable
  let kept: [FeatureTable]
  /// By place in the data set.
  let keys: [PictureKey]
  private var rows: [StoredRow?]
  /// The places of each picture that has no row yet.
  private(set) var missing: [PictureKey: [Int]] = [:]
  /// How many places have a row, or will have one with the next that are written.
  private var doneCount = 0
  private var computedPictures: [EncoderStage.Name: Int] = [:]

  init(
    _ pictures: PictureSource, _ encoder: any ImageEncoder, through stage: EncoderStage.Name,
    keeping kept: [EncoderStage.Name], _ algorithm: ConvolutionAlgorithm, store: FeatureStore
  ) throws {
    self.pictures = pictures
    self.encoder = encoder
    self.algorithm = algorithm
    self.store = store
    let last = encoder.index(of: stage)
    hold = try RowHold(in: store.folder, limit: store.limit)
    table = try FeatureTable(of: encoder, through: stage, scalarType: store.scalarType, algorithm)
    self.kept = try kept.filter { encoder.index(of: $0) < last }.map { stage in
      try FeatureTable(of: encoder, through: stage, scalarType: .float32, algorithm)
    }
    keys = try pictures.keys()
    rows = Array(repeating: nil, count: pictures.count)
    for (place, key) in keys.enumerated() { missing[key, default: []].append(place) }
  }

  mutating func run(_ progress: (_ done: Int, _ of: Int) throws -> Void) throws -> StoredFeatures {
    try find()
    while !missing.isEmpty {
      let environment = hold.database.environment
      if environment.isReadOnly {
        throw FileError.system(environment.file, action: "store features in it", code: EROFS)
      }
      if let claim = try claim() {
        defer { withExtendedLifetime(claim) {} }
        // Another process may have computed rows until now.
        try find()
        try computeMissing(progress)
      } else {
        try progress(doneCount, pictures.count)
        Thread.sleep(forTimeInterval: 0.2)
        try find()
      }
    }
    let shape = try hold.database.shape(of: table) ?? encoder.outputShape(of: table.stage)
    return StoredFeatures(
      rows.compactMap { $0 }, shape: shape, scalarType: table.scalarType, computedPictures: computedPictures,
      hold: hold, identifier: pictures.identifier)
  }

  /// Only one process at a time computes rows of a table: others wait for them, or go on where that one ends.
  private func claim() throws -> LockFile? {
    let name = "table-" + table.key.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return try LockFile.take(hold.database.lockFolder.appendingPathComponent(name))
  }

  private mutating func find() throws {
    defer { try? hold.database.environment.releaseMappedPages() }
    let wanted = missing.keys.map { (picture: $0, row: table.rowKey(of: $0)) }
    let found = try hold.database.find(wanted.map(\.row), holding: hold)
    for (picture, key) in wanted {
      guard let row = found[key] else { continue }
      doneCount += missing[picture]?.count ?? 0
      settle(picture, in: row)
    }
  }

  private mutating func settle(_ picture: PictureKey, in row: StoredRow) {
    for place in missing.removeValue(forKey: picture) ?? [] { rows[place] = row }
  }

  // MARK: Computing

  private mutating func computeMissing(_ progress: (Int, Int) throws -> Void) throws {
    if missing.isEmpty { return }
    // Rows that are only computed from are let go when this is over.
    let reading = try RowHold(in: store.folder, limit: store.limit)
    defer { withExtendedLifetime(reading) {} }
    var writer = RowWriter(of: table, hold, limit: store.limit)
    do {
      for group in try groups(holding: reading) { try compute(group, reading, &writer, progress) }
      settle(try writer.flush())
    } catch {
      // Rows that are computed are stored all the same; the first error is the one that is told.
      _ = try? writer.flush()
      throw error
    }
    // The frozen stages have done their part: their kernels are not needed twice in memory any more.
    encoder.releaseInferenceForms()
    releaseUnusedMemory()
  }

  private mutating func compute(
    _ group: Group, _ reading: RowHold, _ writer: inout RowWriter, _ progress: (Int, Int) throws -> Void
  ) throws {
    let stages = encoder.stages[group.firstStage...encoder.index(of: table.stage)].map(\.name)
    let inputs = try inputs(of: group, holding: reading)
    while let batch = try inputs.next() {
      let outputs = outputs(of: batch.input, stages)
      for stage in stages { computedPictures[stage, default: 0] += batch.places.count }
      let pictures = batch.places.map { keys[$0] }
      doneCount += pictures.reduce(0) { $0 + (missing[$1]?.count ?? 0) }
      for (table, features) in outputs { settle(try writer.append(features, of: pictures, in: table)) }
      try progress(doneCount, self.pictures.count)
    }
  }

  private mutating func settle(_ written: [(PictureKey, StoredRow)]) {
    for (picture, row) in written { settle(picture, in: row) }
  }

  /// Runs stages one by one, so that it makes no difference after which of them a computation starts.
  ///
  /// - Returns: what is to be stored.
  private func outputs(
    of input: Tensor, _ stages: [EncoderStage.Name]
  ) -> [(table: FeatureTable, features: Tensor)] {
    var context = Context.inference
    context.convolutionAlgorithm = algorithm
    let wanted = Dictionary((kept + [table]).map { ($0.stage, $0) }) { _, last in last }
    return ComputeThread.run {
      var output = input
      return stages.compactMap { stage in
        let from = stage == encoder.stages.first?.name ? nil : stage
        output = encoder.features(of: output, from: from, through: stage, context)
        return wanted[stage].map { ($0, output.rowMajor.converted(to: $0.scalarType)) }
      }
    }
  }
}
