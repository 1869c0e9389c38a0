import GraftFiles

extension HDF5File {
  /// A collection of the global heap, where values of variable length lie (specification, section III.E).
  struct HeapCollection {
    /// Where in the file the objects lie, by their index.
    private(set) var objects: [Int: Range<Int>] = [:]

    init(at address: Int, in file: HDF5File) throws(HDF5Error) {
      var head = try file.cursor(at: address, count: 16, of: "the heap of variable-length values")
      try head.expect("GCOL", "the heap of variable-length values")
      try head.skip(4)
      let count = try head.length()
      guard count >= 16, file.bytes.slice(from: address, count: count) != nil else {
        throw HDF5Error(
          .damaged, at: address, "the heap of variable-length values claims to have \(count) bytes")
      }
      let end = address + count
      var place = address + 16
      while end - place >= 16 {
        var object = try file.cursor(at: place, count: 16, of: "a variable-length value")
        let index = try object.short()
        // The number of references, and reserved bytes.
        try object.skip(6)
        let objectCount = try object.length()
        // Index 0 is the free space at the end.
        guard index != 0 else { break }
        guard objectCount <= end - place - 16 else {
          throw HDF5Error(
            .damaged, at: place, "a variable-length value of \(objectCount) bytes runs out of its heap")
        }
        objects[index] = (place + 16)..<(place + 16 + objectCount)
        place += 16 + min((objectCount + 7) & ~7, end - place - 16)
      }
    }
  }
}
