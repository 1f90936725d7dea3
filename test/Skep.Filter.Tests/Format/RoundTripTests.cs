using CsCheck;
using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests.Format;

public sealed class RoundTripTests
{
    // A random rule may contradict itself; then the rest of its table is tried.
    private static Table? ReadValidRules(string text)
    {
        while (true)
        {
            var file = Rules.Read(text);
            if (file.Table is not null) return file.Table;
            var lines = text.Split('\n').ToList();
            var bad = file.Diagnostics.Where(d => d.Severity == Severity.Error).ToList();
            Assert.All(bad, d => Assert.Contains("would never hit", d.Message));
            foreach (var line in bad.Select(d => d.Line).Distinct().OrderDescending()) lines.RemoveAt(line - 1);
            text = string.Join('\n', lines);
        }
    }

    [Fact]
    public void Text_model_json_model_text_is_the_identity() => TableGenerator.Table(6).Sample(text =>
    {
        var table = ReadValidRules(text)!;
        var canonical = TableFormatter.Format(table);
        var fromText = Rules.Read(canonical);
        Assert.True(fromText.Table is not null, string.Join('\n', fromText.Diagnostics.Select(DiagnosticFormatter.Format)));
        Assert.Equal(canonical, TableFormatter.Format(fromText.Table));
        Assert.Equal(canonical, fromText.Format());

        var json = TableJson.Write(table);
        var fromJson = TableJson.Read("t.json", json, _ => default);
        Assert.True(fromJson.Table is not null, string.Join('\n', fromJson.Diagnostics.Select(DiagnosticFormatter.Format)));
        Assert.Equal(canonical, TableFormatter.Format(fromJson.Table));
        Assert.Equal(json, TableJson.Write(fromJson.Table));
        Assert.Equal(Unplaced(fromText.Table), Unplaced(fromJson.Table));
        Assert.Equal(Unplaced(table), Unplaced(fromJson.Table));
    }, iter: 2000);

    private static Table Unplaced(Table table) => table with
    {
        Sets = [.. table.Sets.Select(s => s with { Line = 0 })],
        Rules = [.. table.Rules.Select(r => r with { Line = 0 })],
    };
}
