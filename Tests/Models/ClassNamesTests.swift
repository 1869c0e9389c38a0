import Foundation
import GraftModels
import TestSupport
import Testing

@Suite struct ClassNamesTests {
  private func names(_ text: String) throws -> [String] {
    try withTemporaryFolder { folder in
      try folder.write(text, to: "labels")
      return try ClassNames.names(contentsOf: folder.appendingPathComponent("labels"))
    }
  }

  @Test(arguments: [
    "tench\ngreat white shark\nhen", "tench\r\ngreat white shark \r\nhen\r\n\r\n",
    #"["tench", "great white shark", "hen"]"#,
    #" {"2": ["n3", "hen"], "0": ["n1", "tench"], "1": ["n2", "great white shark"]}"#,
  ])
  func textAndJSONAreRead(_ text: String) throws {
    #expect(try names(text) == ["tench", "great white shark", "hen"])
  }

  @Test(arguments: [
    ("", "it is empty"), ("tench\n\nhen", "its line 2 is blank"), ("[1, 2]", "neither an array of names"),
    (#"{"0": ["n1", "tench"], "2": ["n3", "hen"]}"#, "none of the number 1"),
  ])
  func whatNamesNoClassesIsRefused(_ text: String, _ problem: String) {
    #expect { try names(text) } throws: { "\($0)".contains(problem) }
  }
}
