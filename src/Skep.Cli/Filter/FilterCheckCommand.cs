using System.CommandLine;
using System.Globalization;
using Skep.Cli.Common;
using Skep.Filter;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Isa;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter check</c>.</summary>
internal static class FilterCheckCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file, as text or JSON; - for standard input." };
        var format = new Option<bool>("--format") { Description = "Print the canonical form." };
        var json = new Option<bool>("--json", "-j") { Description = "Print the table as JSON." };
        var plan = new Option<bool>("--plan") { Description = "Print which structures serve the rules and why." };
        var dump = new Option<bool>("--dump") { Description = "Print the compiled code with the rule that each part serves." };
        var check = new Command("check", "Checks a rule file; needs no root. Exit code 2 when it has an error.") { file, format, json, plan, dump };
        check.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(format), parsed.GetValue(json), parsed.GetValue(plan), parsed.GetValue(dump)));
        return check;
    }

    private static int Run(string path, bool format, bool json, bool plan, bool dump)
    {
        RuleFile file = FilterFile.Read(path);
        if (file.Table is not { } table) return ExitCode.Usage;
        CompiledFilter compiled;
        try
        {
            compiled = FilterCompiler.Compile(table);
        }
        catch (FilterCompileException e)
        {
            return Talk.Error(e.Message, ExitCode.Usage);
        }

        Data.WriteText(output => Write(output, file, compiled, format, json, plan, dump));
        return ExitCode.Done;
    }

    private static void Write(TextWriter output, RuleFile file, CompiledFilter compiled, bool format, bool json, bool plan, bool dump)
    {
        Table table = compiled.Plan.Table;
        if (json) output.WriteLine(TableJson.Write(table));
        else if (format) output.Write(file.Format());
        if (!plan && !dump)
        {
            if (!json && !format) output.WriteLine($"table {table.Name}: {Count(table.Rules.Count, "rule")}, {Count(table.Sets.Count, "set")}, no error");
            return;
        }

        if (plan) WritePlan(output, compiled);
        if (dump) WriteCode(output, compiled);
    }

    private static void WritePlan(TextWriter output, CompiledFilter compiled)
    {
        output.WriteLine($"program: {compiled.Instructions.Length} instructions");
        foreach (SetPlan set in compiled.Plan.Sets)
            output.WriteLine($"set {set.Set.Name}: {NameOf(set.Structure)}, since {set.Reason} ({Count(set.Elements.Count, "element")})");
        foreach (PlannedMap map in compiled.Plan.Maps)
            output.WriteLine($"map {map.Name}: {Skep.Bpf.BpfMapTypeNames.Name(MapSpecs.Of(map).Type)}, key {map.KeyBytes}, value {map.ValueBytes}, {map.Entries} entries");
    }

    private static void WriteCode(TextWriter output, CompiledFilter compiled)
    {
        var disassembler = new Disassembler();
        int part = 0;
        foreach (DecodedInstruction item in Skep.Isa.Decoder.Decode(compiled.Instructions))
        {
            for (; part < compiled.Parts.Count && compiled.Parts[part].Start <= item.Index; part++)
            {
                // A part that no packet reaches has no code.
                if (part + 1 < compiled.Parts.Count && compiled.Parts[part + 1].Start == compiled.Parts[part].Start) continue;
                CodePart title = compiled.Parts[part];
                output.WriteLine(title.Rule < 0 ? $"; {title.Title}" : $"; line {compiled.Plan.Table.Rules[title.Rule].Line}: {RuleFormatter.Format(compiled.Plan.Table.Rules[title.Rule])}");
            }

            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{item.Index,5}: {disassembler.Text(item)}"));
        }
    }

    private static string NameOf(SetStructure structure) => structure switch
    {
        SetStructure.Bitmap => "bitmap",
        SetStructure.Hash => "hash",
        SetStructure.Ranges => "hash and sorted ranges",
        _ => "list",
    };

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
