using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Isa;
using Skep.Output;

namespace Skep.Filter.Runtime.Report;

/// <summary>Writes what <c>skep filter check</c> found: the table, which structures serve its rules, and the compiled code.</summary>
/// <param name="file">The rule file.</param>
/// <param name="compiled">What it becomes.</param>
public sealed class CompiledFilterWriter(RuleFile file, CompiledFilter compiled)
{
    private const int MostLines = 8;

    private readonly Table _table = file.Table!;
    private readonly Disassembler _disassembler = new();

    public bool Format { get; init; }

    public bool Plan { get; init; }

    public bool Dump { get; init; }

    public void WriteText(TextWriter output)
    {
        if (Format) output.Write(file.Format());
        if (Plan) WritePlan(output);
        if (Dump) WriteCode(output);
        if (!Format && !Plan && !Dump)
            output.WriteLine($"table {_table.Name}: {Count(_table.Rules.Count, "rule")}, {Count(_table.Sets.Count, "set")}, no error");
    }

    /// <summary>Writes the table; with its plan or code, an object of these.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        if (!Plan && !Dump)
        {
            WriteTable(json, _table);
            return;
        }

        json.WriteStartObject();
        json.WritePropertyName("table");
        WriteTable(json, _table);
        if (Plan) WritePlan(json);
        if (Dump) WriteCode(json);
        json.WriteEndObject();
    }

    /// <summary>Writes a table.</summary>
    public static void WriteTable(Utf8JsonWriter json, Table table) => TableJson.Write(json, table);

    private void WritePlan(TextWriter output)
    {
        output.WriteLine($"program: {compiled.Instructions.Length} instructions");
        foreach (SearchedList list in compiled.Plan.SearchedLists) WriteList(output, list);
        IReadOnlyList<ListEnd> ends = compiled.Plan.ListEnds;
        foreach (ListEnd end in ends.Take(MostLines)) output.WriteLine($"rule of line {LineOf(end.Rule)}: {end.Reason}");
        if (ends.Count > MostLines) output.WriteLine($"and {ends.Count - MostLines} more like these (-j prints all)");
        foreach (SetPlan set in compiled.Plan.Sets)
            output.WriteLine($"set {set.Set.Name}: {NameOf(set.Structure)}, since {set.Reason} ({Count(set.Elements.Count, "element")})");
        foreach (PlannedMap map in compiled.Plan.Maps)
        {
            string sizes = $"key {map.KeyBytes}, value {map.ValueBytes}, {map.Entries} entries";
            output.WriteLine($"map {map.Name}: {BpfMapTypeNames.Name(MapSpecs.Of(map).Type)}, {sizes}");
        }
    }

    private void WriteList(TextWriter output, SearchedList list)
    {
        int last = list.FirstRule + list.Rules - 1;
        string cost = string.Create(CultureInfo.InvariantCulture, $"about {list.Nanoseconds:F0} ns");
        output.WriteLine(
            $"rules of lines {LineOf(list.FirstRule)} to {LineOf(last)}: searched, {Count(list.Rules, "rule")} as "
            + $"{Count(list.Rows, "row")}, {Count(list.Tables.Count, "table")}, {cost}");
        foreach (SearchedTable table in list.Tables)
            output.WriteLine($"  table for {table.Packets}: {Count(table.Keys, "key")} of {table.Key}");
        foreach (Match match in list.Predicates) output.WriteLine($"  for each packet: {RuleFormatter.Format(match)}");
        if (list.Rest == 0) return;
        string lines = string.Join(", ", list.RestRules.Take(MostLines).Select(LineOf)) + (list.RestRules.Count > MostLines ? ", …" : "");
        output.WriteLine(
            $"  {Count(list.Rest, "row")} in no table, {(list.UsesBits ? "found by bits for each field" : "compared in order")}: "
            + $"rules of lines {lines}");
    }

    private string LineOf(int rule) => _table.Rules[rule].Line.ToString(CultureInfo.InvariantCulture);

    private void WritePlan(Utf8JsonWriter json)
    {
        json.WriteStartObject("plan");
        json.WriteNumber("insn_cnt", compiled.Instructions.Length);
        json.WriteObjects("lists", compiled.Plan.SearchedLists, list =>
        {
            json.WriteNumber("first_line", _table.Rules[list.FirstRule].Line);
            json.WriteNumber("last_line", _table.Rules[list.FirstRule + list.Rules - 1].Line);
            json.WriteNumber("rules", list.Rules);
            json.WriteNumber("rows", list.Rows);
            json.WriteNumber("estimated_ns", Math.Round(list.Nanoseconds, 1));
            json.WriteObjects("tables", list.Tables, table =>
            {
                json.WriteString("packets", table.Packets);
                json.WriteString("key", table.Key);
                json.WriteNumber("keys", table.Keys);
            });
            json.WriteStartArray("predicates");
            foreach (Match match in list.Predicates) json.WriteStringValue(RuleFormatter.Format(match));
            json.WriteEndArray();
            json.WriteNumber("rest_rows", list.Rest);
            json.WriteStartArray("rest_lines");
            foreach (int rule in list.RestRules) json.WriteNumberValue(_table.Rules[rule].Line);
            json.WriteEndArray();
        });
        json.WriteObjects("list_ends", compiled.Plan.ListEnds, end =>
        {
            json.WriteNumber("line", _table.Rules[end.Rule].Line);
            json.WriteString("reason", end.Reason);
        });
        json.WriteObjects("sets", compiled.Plan.Sets, set =>
        {
            json.WriteString("name", set.Set.Name);
            json.WriteString("structure", NameOf(set.Structure));
            json.WriteString("reason", set.Reason);
            json.WriteNumber("elements", set.Elements.Count);
        });
        json.WriteObjects("maps", compiled.Plan.Maps, map =>
        {
            json.WriteString("name", map.Name);
            json.WriteString("type", BpfMapTypeNames.Name(MapSpecs.Of(map).Type));
            json.WriteNumber("bytes_key", map.KeyBytes);
            json.WriteNumber("bytes_value", map.ValueBytes);
            json.WriteNumber("max_entries", map.Entries);
        });
        json.WriteEndObject();
    }

    private void WriteCode(TextWriter output)
    {
        foreach ((string? begins, DecodedInstruction item) in Code())
        {
            if (begins is not null) output.WriteLine($"; {begins}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{item.Index,5}: {_disassembler.Text(item)}"));
        }
    }

    private void WriteCode(Utf8JsonWriter json)
    {
        json.WriteStartArray("code");
        foreach ((string? begins, DecodedInstruction item) in Code())
        {
            json.WriteStartObject();
            json.WriteNumber("insn", item.Index);
            json.WriteString("text", _disassembler.Text(item));
            if (begins is not null) json.WriteString("begins", begins);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The instructions, each with the source line that begins there.</summary>
    private List<(string? Begins, DecodedInstruction Item)> Code()
    {
        Dictionary<int, SourceLine> lines = compiled.Lines().ToDictionary(line => line.Start);
        var code = new List<(string?, DecodedInstruction)>();
        foreach (DecodedInstruction item in Skep.Isa.Decoder.Decode(compiled.Instructions))
            code.Add((lines.TryGetValue(item.Index, out SourceLine line) ? TextOf(line) : null, item));
        return code;
    }

    private static string TextOf(SourceLine line) => line.Line == 0 ? line.Text : $"line {line.Line}: {line.Text}";

    private static string NameOf(SetStructure structure) => structure switch
    {
        SetStructure.Bitmap => "bitmap",
        SetStructure.Hash => "hash",
        SetStructure.Ranges => "hash and sorted ranges",
        _ => "list",
    };

    private static string Count(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
