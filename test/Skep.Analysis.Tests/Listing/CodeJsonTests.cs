using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Skep.Analysis.Decompile;
using Skep.Analysis.Dump;
using Skep.Analysis.Listing;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Listing;

/// <summary>Bytecode beside pseudo-C.</summary>
public sealed class CodeJsonTests
{
    [Fact]
    public void The_lines_are_those_of_dump_and_decompile()
    {
        ProgramCode[] programs = [.. BpfPrograms.OfSource("Programs/kinds.bpf.c")];
        Assert.NotEmpty(programs);
        Assert.All(programs, code =>
        {
            Decompilation decompiled = Decompilation.Of(code);
            JsonNode both = Json(json => CodeJsonWriter.Write(json, decompiled));
            var pseudo = new StringWriter { NewLine = "\n" };
            DecompilationWriter.WriteText(pseudo, decompiled, default);
            Assert.Equal(
                pseudo.ToString(), string.Concat(both["pseudo"]!.AsArray().Select(line => (string)line!["text"]! + "\n")));
            JsonArray dump = Json(json => XlatedWriter.WriteJson(json, code, new DumpDetails(false, false))).AsArray();
            JsonArray instructions = both["instructions"]!.AsArray();
            Assert.Equal(dump.Select(item => (string)item!["disasm"]!), instructions.Select(item => (string)item!["text"]!));
            string hex = string.Concat(instructions.Select(item => ((string)item!["hex"]!).Replace(" ", "", StringComparison.Ordinal)));
            Assert.Equal(Convert.ToHexStringLower(code.Bytes.Span), hex);
            HashSet<int> slots = [.. instructions.Select(item => (int)item!["pc"]!)];
            Assert.All(both["pseudo"]!.AsArray(), line => Assert.True(line!["pc"] is not { } pc || slots.Contains((int)pc)));
            Assert.Contains(both["pseudo"]!.AsArray(), line => line!["pc"] is not null);
            Assert.Equal(code.Lines.Count > 0, instructions.Any(item => item!["source"] is not null));
        });
    }

    private static JsonNode Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) write(json);
        return JsonNode.Parse(Encoding.UTF8.GetString(stream.ToArray()))!;
    }
}
