using System.Globalization;
using Skep.Bpf;
using Skep.Isa;
using Skep.Output;

namespace Skep.Analysis.Explain;

/// <summary>Writes explanations as text. Each statement ends with the numbers of the instructions that prove it.</summary>
public static class ExplanationText
{
    private const int MostSlots = 8, MostStatements = 24;

    /// <summary>Writes one program's explanation.</summary>
    public static void Write(TextWriter output, Explanation about)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(about);
        output.WriteLine(Heading(about));
        Section(output, "runs", about.Runs);
        if (about.Unit is not null || about.Directives.Count > 0)
        {
            string done = about.Directives.All(one => one.Directive == SystemdForeign.Directive) ? "attached" : "made";
            output.WriteLine($"  {done} by systemd{(about.Unit is { } unit ? $" for {SafeText.Escape(unit)}" : "")}");
            foreach (UnitDirective directive in about.Directives)
                foreach (string value in directive.Values)
                    output.WriteLine(
                        $"    {(directive.Unit is { } of ? $"{SafeText.Escape(of)}: " : "")}{directive.Directive}{SafeText.Escape(value)}"
                        + $"{Proof(directive.Slots)}");
        }

        if (about.Findings.Count > 0)
        {
            output.WriteLine("  findings");
            foreach (Finding finding in about.Findings)
                output.WriteLine($"    {finding.Name}: {SafeText.Escape(finding.Text)}{Proof(finding.Slots)}");
        }

        Section(output, "reads", about.Reads);
        Section(output, "writes", about.Writes);
        Section(output, "returns", about.Returns);
        if (about.Calls.Count > 0)
        {
            output.WriteLine("  calls");
            foreach (IGrouping<string, CalledFunction> group in about.Calls.GroupBy(call => call.Capability))
                output.WriteLine(
                    $"    {group.Key}: {string.Join(", ", group.Select(call => SafeText.Escape(call.Name) + Proof(call.Slots)))}");
        }

        if (about.Maps.Count > 0)
        {
            output.WriteLine("  maps");
            foreach (MapUse use in about.Maps) output.WriteLine($"    {MapLine(use)}");
        }

        foreach (OutputRecord record in about.Outputs) Write(output, record);
        Section(output, "shape", about.Shape);
    }

    private static string Heading(Explanation about)
    {
        var parts = new List<string> { about.Code.Type is { } type ? type.Name() : "program of unknown type" };
        if (about.Code.Info is { } info) parts.Add($"id {info.Id}, tag {info.Tag}");
        parts.Add(
            string.Create(CultureInfo.InvariantCulture,
                $"{about.Code.Instructions.Length} instructions "
                + $"{(about.Code.Form == ProgramForm.Translated ? "as the kernel translated them" : "as loaded")}"));
        if (about.Code.Info is { VerifiedInstructions: > 0 and var verified })
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"the verifier walked {verified}"));
        if (about.Code.Info is { JitedLength: > 0 and var jited })
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{jited} bytes of machine code"));
        if (about.Code.GplCompatible is { } gpl) parts.Add(gpl ? "GPL compatible" : "not GPL compatible");
        return $"{SafeText.Escape(about.Code.Name is { Length: > 0 } name ? name : "(no name)")}: {string.Join("; ", parts)}";
    }

    private static void Section(TextWriter output, string title, IReadOnlyList<Statement> statements)
    {
        if (statements.Count == 0) return;
        output.WriteLine($"  {title}");
        foreach (Statement statement in statements.Take(MostStatements))
            output.WriteLine(
                $"    {SafeText.Escape(statement.Text)}{Proof(statement.Slots)}{(statement.Object is { } by ? $" [{by}]" : "")}");
        if (statements.Count > MostStatements)
            output.WriteLine($"    and {statements.Count - MostStatements} more (skep prog explain -j prints all)");
    }

    private static string MapLine(MapUse use)
    {
        var parts = new List<string> { SafeText.Escape(use.Map.Label), use.Map.Type?.Name() ?? "type not known" };
        if (use.Map is { Id: { } id, Name.Length: > 0 }) parts.Add($"id {id}");
        if (use.Map is { KeySize: { } key, ValueSize: { } value }) parts.Add($"key {key} B, value {value} B");
        if (use.Map.MaxEntries is { } entries) parts.Add($"max_entries {entries}");
        if (use.Pins.Count > 0) parts.Add($"pinned {string.Join(", ", use.Pins.Select(SafeText.Escape))}");
        if (use.OtherPrograms.Count > 0)
        {
            IEnumerable<string> others = use.OtherPrograms.Take(MostSlots)
                .Select(other => $"program {other.Id} {SafeText.Escape(other.Name)}");
            parts.Add($"shared with {string.Join(", ", others)}{(use.OtherPrograms.Count > MostSlots ? ", ..." : "")}");
        }

        if (use.Owners.Count > 0)
            parts.Add($"held by {string.Join(", ", use.Owners.Select(owner => $"{SafeText.Escape(owner.Comm)}({owner.Pid})"))}");
        return string.Join("  ", parts) + Proof(use.Slots);
    }

    private static void Write(TextWriter output, OutputRecord record)
    {
        string map = record.Map is { } through ? $" through {SafeText.Escape(through.Label)}" : "";
        string size = record.Size is { } bytes ? $"{bytes} bytes" : $"bytes: {SafeText.Escape(record.SizeText ?? "not known")}";
        string type =
            record.TypeName is { } name
                ? $", struct {SafeText.Escape(name)}{(record.TypedBy == NameSource.SizeMatch ? " (by its size only)" : "")}" : "";
        output.WriteLine(
            $"  sends a record{map}: {size}{type}{Proof(record.ReservedAt is { } reserved ? [reserved, record.Slot] : [record.Slot])}");
        if (record.Note is { } note) output.WriteLine($"    ({SafeText.Escape(note)})");
        foreach (RecordField field in record.Fields)
        {
            string stored =
                field.Stored.Count == 0
                    ? "nothing is stored here"
                    : string.Join(" or ",
                        field.Stored.Select(value => value.Text).Append(field.MaybeUnset ? "nothing" : "").Where(text => text.Length > 0)
                            .Distinct());
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"    {field.Offset,5} {field.Size,5}  {SafeText.Escape(field.Name ?? "-"),-20} {SafeText.Escape(stored)}"
                + $"{Proof([.. field.Stored.Select(value => value.Slot).Distinct()])}"));
        }
    }

    private static string Proof(IReadOnlyList<int> slots) => slots.Count switch
    {
        0 => "",
        <= MostSlots => $" [{string.Join(' ', slots)}]",
        _ => $" [{string.Join(' ', slots.Take(MostSlots))} and {slots.Count - MostSlots} more]",
    };
}
