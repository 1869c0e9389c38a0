import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor

extension FeatureComputation {
  /// Pictures that are computed from the same stage on.
  struct Group {
    /// The number of the first stage to run.
    var firstStage = 0
    /// The output of the stage before; nil for the pictures themselves.
    var start: (table: FeatureTable, rows: [PictureKey: StoredRow])?
    /// One place of each picture, in the order of the data set.
    var places: [Int]
  }

  /// Pictures that go through the stages together; the input is filled up with zeros.
  struct Input: Sendable {
    let places: [Int]
    let input: Tensor
  }

  /// Divides what is missing by the latest stage whose output is stored.
  func groups(holding reading: RowHold) throws -> [Group] {
    var left = missing.values.compactMap(\.first).sorted()
    var groups: [Group] = []
    for index in (0..<encoder.index(of: table.stage)).reversed() where !left.isEmpty {
      let table = try FeatureTable(
        of: encoder, through: encoder.stages[index].name, scalarType: .float32, algorithm)
      let found = try reading.database.find(left.map { table.rowKey(of: keys[$0]) }, holding: reading)
      if found.isEmpty { continue }
      var group = Group(firstStage: index + 1, start: (table, [:]), places: [])
      for place in left {
        guard let row = found[table.rowKey(of: keys[place])] else { continue }
        group.start?.rows[keys[place]] = row
        group.places.append(place)
      }
      let there = Set(group.places)
      left.removeAll(where: there.contains)
      groups.append(group)
    }
    if !left.isEmpty { groups.append(Group(places: left)) }
    return groups
  }

  /// The input of a group's stages, prepared ahead on other threads.
  func inputs(of group: Group, holding reading: RowHold) throws -> Prefetcher<Input> {
    let batches = stride(from: 0, to: group.places.count, by: Self.batchSize).map { start in
      Array(group.places[start..<min(start + Self.batchSize, group.places.count)])
    }
    let tensor = try tensorSource(of: group, holding: reading)
    return Prefetcher(batches) { places in
      let tensor = try tensor(places)
      let missing = (before: 0, after: Self.batchSize - places.count)
      let padding = [missing] + [(before: Int, after: Int)](repeating: (0, 0), count: tensor.shape.rank - 1)
      return Input(places: places, input: missing.after == 0 ? tensor : tensor.padded(padding))
    }
  }

  private func tensorSource(
    of group: Group, holding reading: RowHold
  ) throws -> @Sendable ([Int]) throws -> Tensor {
    guard let (table, rows) = group.start else {
      let (preprocessing, picture) = (encoder.preprocessing, pictures.picture)
      return { places in preprocessing.tensor(of: try places.map(picture)) }
    }
    let (keys, identifier) = (keys, pictures.identifier)
    let shape = try reading.database.shape(of: table) ?? encoder.outputShape(of: table.stage)
    return { places in
      try withExtendedLifetime(reading) {
        try reading.database.features(
          places.compactMap { rows[keys[$0]] }, shape: shape, scalarType: table.scalarType,
          name: { identifier(places[$0]) })
      }
    }
  }
}
