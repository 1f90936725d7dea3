using System.CommandLine;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Watch.Capture;
using Skep.Watch.Doctor;

namespace Skep.Cli.Doctor;

/// <summary><c>skep doctor</c>.</summary>
internal static class DoctorCommand
{
    private const int TitleWidth = 24;

    public static Command Create()
    {
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var hidden = new Option<bool>("--hidden") { Description = "Instead compares all that shows programs, maps and links: what one shows and another hides. Exit code 1 if anything is." };
        var doctor = new Command("doctor", "Says what this kernel allows, how watch will see it, and what it will miss.") { hidden, json, pretty };
        doctor.SetAction(parsed =>
        {
            if (parsed.GetValue(hidden)) return HiddenCommand.Run(parsed.GetValue(json) || parsed.GetValue(pretty), parsed.GetValue(pretty));
            IReadOnlyList<HealthFinding> findings = KernelExamination.Examine();
            IReadOnlyList<BackendStatus> tiers = KernelExamination.Tiers();
            BackendStatus? inUse = tiers.FirstOrDefault(t => t.IsUsable);
            if (parsed.GetValue(json) || parsed.GetValue(pretty)) Data.WriteJson(parsed.GetValue(pretty), target => WriteJson(target, findings, tiers, inUse));
            else Data.WriteText(output => WriteText(output, findings, tiers, inUse));
            return inUse is null ? ExitCode.NotPermitted : ExitCode.Done;
        });
        return doctor;
    }

    private static void WriteText(TextWriter output, IReadOnlyList<HealthFinding> findings, IReadOnlyList<BackendStatus> tiers, BackendStatus? inUse)
    {
        foreach (HealthFinding finding in findings)
        {
            output.WriteLine($"{Mark(finding.Health)} {finding.Title,-TitleWidth}{finding.Value}");
            if (finding.Remedy is { } remedy) output.WriteLine($"  {"",-TitleWidth}({remedy})");
        }

        output.WriteLine();
        output.WriteLine("How watch sees system calls, best first:");
        foreach (BackendStatus tier in tiers)
        {
            output.WriteLine($"{(tier == inUse ? "> " : tier.IsUsable ? "+ " : "- ")}tier {tier.Number}  {tier.Name}{(tier == inUse ? ": in use" : "")}");
            if (tier.Reason is { } reason) output.WriteLine($"          {reason}");
        }

        if (inUse is null) return;
        output.WriteLine();
        output.WriteLine($"What tier {inUse.Number} does not see:");
        foreach (string missed in KernelExamination.Missed(inUse.Number)) output.WriteLine($"  - {missed}");
    }

    private static string Mark(Health health) => health switch
    {
        Health.Good => "+",
        Health.Limited => "~",
        _ => "!",
    };

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<HealthFinding> findings, IReadOnlyList<BackendStatus> tiers, BackendStatus? inUse)
    {
        json.WriteStartObject();
        foreach (HealthFinding finding in findings)
        {
            json.WriteStartObject(finding.Key);
            json.WriteString("value", finding.Value);
            json.WriteString("health", finding.Health.ToString().ToLowerInvariant());
            if (finding.Remedy is { } remedy) json.WriteString("remedy", remedy);
            json.WriteEndObject();
        }

        json.WriteStartArray("tiers");
        foreach (BackendStatus tier in tiers)
        {
            json.WriteStartObject();
            json.WriteNumber("tier", tier.Number);
            json.WriteString("name", tier.Name);
            json.WriteBoolean("usable", tier.IsUsable);
            if (tier.Reason is { } reason) json.WriteString("reason", reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (inUse is not null)
        {
            json.WriteNumber("tier", inUse.Number);
            json.WriteStartArray("missed");
            foreach (string missed in KernelExamination.Missed(inUse.Number)) json.WriteStringValue(missed);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
