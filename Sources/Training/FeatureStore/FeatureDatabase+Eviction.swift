import GraftTensor

extension FeatureDatabase {
  /// How many bytes go in one transaction, so that other writers need not wait long.
  private static let bytesAtATime: UInt64 = 256 << 20

  /// Removes rows, those first that were used least recently, until the rest fits a limit; rows that are held stay.
  func makeRoom(limit: Int) throws {
    while try makeSomeRoom(limit: UInt64(max(limit, 0))) {}
  }

  /// - Returns: whether there is more to do.
  private func makeSomeRoom(limit: UInt64) throws -> Bool {
    if try environment.read({ try totals($0).byteCount }) <= limit { return false }
    return try environment.write { transaction in
      var totals = try totals(transaction)
      let stop = max(limit, totals.byteCount - min(totals.byteCount, Self.bytesAtATime))
      let candidates = try candidates(transaction)
      var removed = 0
      for candidate in candidates {
        if totals.byteCount <= stop { break }
        try transaction.remove(rowBytes(candidate.row), from: tables.rows)
        try transaction.remove(rowBytes(candidate.row), from: tables.uses)
        try transaction.remove(candidate.key, from: tables.index)
        totals.byteCount -= min(candidate.byteCount, totals.byteCount)
        removed += 1
      }
      try transaction.put([totals.nextRow, totals.byteCount], under: Tables.totalsKey, in: tables.state)
      return totals.byteCount > limit && removed < candidates.count
    }
  }

  private struct Candidate {
    let key: [UInt8]
    let row, byteCount, lastUse: UInt64
  }

  /// The rows that nobody holds, in the order in which they go.
  private func candidates(_ transaction: LMDBTransaction) throws -> [Candidate] {
    let held = try heldRows(transaction)
    var lastUses: [UInt64: UInt64] = [:]
    try transaction.forEach(in: tables.uses) { key, time in
      lastUses[key.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }] = time.first
    }
    var candidates: [Candidate] = []
    try transaction.forEach(in: tables.index) { key, entry in
      guard entry.count == 3, !held.contains(entry[0]) else { return }
      candidates.append(
        Candidate(key: key, row: entry[0], byteCount: entry[1], lastUse: lastUses[entry[0]] ?? 0))
    }
    return candidates.sorted { ($0.lastUse, $0.row) < ($1.lastUse, $1.row) }
  }
}
