import Foundation
import GraftWeights
import Testing

@Suite struct ArchitectureTests {
  private struct Settings: Codable, Equatable {
    var depth = 19
    var width = 1.0
    var name = "plain"
    var isWide = false
    var blocks: [Int]? = [1, 2]
  }

  private func architecture(_ settings: Settings = Settings(), title: String = "Net") -> Architecture {
    Architecture("net", settings: settings, title: title)
  }

  @Test func familyAndSettingsDecideAndNotTheTitle() {
    #expect(architecture() == architecture(title: "Another"))
    #expect(architecture().hashValue == architecture(title: "Another").hashValue)
    #expect(architecture().identity == architecture(title: "Another").identity)
    #expect(architecture() != Architecture("net", title: "Net"))
    #expect(architecture() != Architecture("other", settings: Settings(), title: "Net"))
    for change: (inout Settings) -> Void in [
      { $0.depth = 16 }, { $0.width = 0.35 }, { $0.name = "" }, { $0.isWide = true }, { $0.blocks = nil },
      { $0.blocks = [2, 1] },
    ] {
      var other = Settings()
      change(&other)
      #expect(architecture(other) != architecture(), "\(other)")
      #expect(architecture(other).identity != architecture().identity, "\(other)")
    }
  }

  @Test func settingsComeBackAsTheyWere() throws {
    let settings = Settings(depth: 1, width: 0.1 + 0.2, name: "Grüße \"\\", isWide: true, blocks: nil)
    let data = try JSONEncoder().encode(architecture(settings))
    let copy = try JSONDecoder().decode(Architecture.self, from: data)
    #expect(copy == architecture(settings) && copy.title == "Net" && "\(copy)" == "Net")
    #expect(try copy.settings() == settings)
    #expect(throws: DecodingError.self) { try Architecture("net").settings(as: Settings.self) }
  }
}
