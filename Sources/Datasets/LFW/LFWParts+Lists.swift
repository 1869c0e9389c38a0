import Foundation
import GraftFiles

extension LFWParts {
  /// A line of a list: a name, blanks, and the number of the photograph, padded with zeros or not: `Aaron_Peirsol 3`.
  struct Entry: Sendable {
    let person: FileName
    /// The name and the number in four digits, as the files are called.
    let stem: FileName
    let part: Partition?

    init(_ line: TextFile.Line, of text: TextFile, number: Int, part: Partition?) throws {
      // Names hold no blanks today; were one to, the number would still be what stands last.
      guard let blank = line.lastIndex(where: \.isBlank), let photograph = Int(line[(blank + 1)...].text),
        (0...9999).contains(photograph)
      else {
        throw text.error(
          line: number, "“\(line.text.prefix(60))” is not a name and the number of a photograph",
          remedy: "Lines look like Aaron_Peirsol 3. The file may be cut off: get it again.")
      }
      person = FileName(line[..<blank].trimmed)
      let digits = String(photograph)
      stem = person + "_\(String(repeating: "0", count: 4 - digits.count))\(digits)"
      self.part = part
    }

    /// What all lists name, each sample once.
    static func all(in directory: URL) throws -> [Entry] {
      func list(_ name: String) -> URL? { Folder.firstFile(of: [name], below: directory) }
      let lists: [(file: URL, part: Partition?)]
      if let training = list("parts_train.txt"), let validation = list("parts_validation.txt"),
        let test = list("parts_test.txt")
      {
        lists = [(training, .training), (validation, .validation), (test, .test)]
      } else if let pool = list("parts_train_val.txt") {
        lists = [(pool, nil)] + (list("parts_test.txt").map { [($0, .test)] } ?? [])
      } else {
        throw DatasetError(
          directory, "the lists of the samples are not here",
          remedy: "Put parts_train.txt, parts_validation.txt and parts_test.txt here, or parts_train_val.txt."
        )
      }
      var entries: [Entry] = []
      var seen: Set<FileName> = []
      for (file, part) in lists {
        let text = try TextFile(file)
        try text.forEachLine { number, line in
          let entry = try Entry(line, of: text, number: number, part: part)
          guard seen.insert(entry.stem).inserted else {
            throw text.error(
              line: number, "\(entry.stem) is listed a second time",
              remedy: "A sample belongs to one part only: get the lists again.")
          }
          entries.append(entry)
        }
      }
      return entries
    }
  }
}
