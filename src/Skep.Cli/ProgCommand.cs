using System.CommandLine;
using System.Text;
using System.Text.Json;
using Skep.Bpf;
using Skep.Watch.Dump;
using Skep.Watch.Inventory;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary><c>skep prog</c>.</summary>
internal static class ProgCommand
{
    public static Command Create() => new("prog", "Programs.") { List(), Dump(), ExplainCommand.Create(), ProgClassicCommand.Create() };

    private static Command List()
    {
        var names = new ProgramNames();
        var kind = new ObjectKindWords<ProgramEntry>(
            "program",
            ObjectWalk.Programs,
            id =>
            {
                using BpfProgram program = BpfProgram.OpenById(id);
                return ProgramEntry.Read(program, names);
            },
            path =>
            {
                using BpfProgram program = BpfProgram.OpenPinned(path);
                return ProgramEntry.Read(program, names);
            },
            new Dictionary<string, Func<ProgramEntry, string, bool>>
            {
                ["name"] = (entry, name) => entry.Name == name || entry.Info.Name == name,
                ["tag"] = (entry, tag) => entry.Info.Tag == tag,
            });
        return ListCommand.Create(
            kind, "Lists programs: what they are, who holds them, where they are attached.", "PROG", attachments: true, around => new ProgramInventory(around));
    }

    private static Command Dump()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "[xlated] id N | name NAME | tag TAG | pinned PATH | N | FILE, then opcodes for the bytes of each instruction. FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var dump = new Command("dump", "Shows the code of a loaded program, as the kernel translated it, or of a file.") { words, json, pretty };
        dump.SetAction(parsed =>
        {
            List<string> rest = [.. parsed.GetValue(words)!];
            bool opcodes = rest.Count > 1 && rest.Remove("opcodes");
            if (rest.Count > 1 && rest[0] == "xlated") rest.RemoveAt(0);
            IReadOnlyList<CodeListing> listings;
            switch (ProgramSpecifier.TryOpen(rest, out BpfProgram? program, out string? mistake))
            {
                case true:
                    using (program) listings = [CodeListing.OfProgram(program!)];
                    break;
                case false when mistake is not null:
                    return Talk.Error(mistake, ExitCode.Usage);
                default:
                    listings = CodeListing.OfFile(rest[0]);
                    break;
            }

            if (parsed.GetValue(json) || parsed.GetValue(pretty)) WriteJson(listings, opcodes, parsed.GetValue(pretty));
            else WriteText(listings, opcodes);
            return ExitCode.Done;
        });
        return dump;
    }

    private static void WriteText(IReadOnlyList<CodeListing> listings, bool opcodes)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        foreach (CodeListing listing in listings)
        {
            if (listings.Count > 1) output.WriteLine($"{(listing == listings[0] ? "" : "\n")}{SafeText.Escape(listing.Name ?? "")}:");
            ListingWriter.WriteText(output, listing, opcodes, Talk.ColourOutput);
        }
    }

    // One program is an array of instructions, as bpftool prints it; several are objects with their names.
    private static void WriteJson(IReadOnlyList<CodeListing> listings, bool opcodes, bool pretty)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = pretty }))
        {
            if (listings.Count == 1)
            {
                ListingWriter.WriteJson(json, listings[0], opcodes);
            }
            else
            {
                json.WriteStartArray();
                foreach (CodeListing listing in listings)
                {
                    json.WriteStartObject();
                    json.WriteString("name", listing.Name);
                    json.WritePropertyName("insns");
                    ListingWriter.WriteJson(json, listing, opcodes);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        }

        output.Write("\n"u8);
    }
}
