using System.Text.Json;
using Skep.Watch.Capture;

namespace Skep.Watch.Doctor;

/// <summary>Writes what was found of a kernel, and which capture backends it allows.</summary>
/// <param name="findings">What was found.</param>
/// <param name="backends">The backends, best first.</param>
public sealed class ExaminationWriter(IReadOnlyList<HealthFinding> findings, IReadOnlyList<BackendStatus> backends)
{
    private const int TitleWidth = 24;

    /// <summary>The backend that watch uses; null when there is none.</summary>
    public BackendStatus? InUse { get; } = backends.OrderBy(backend => backend.IsLast).FirstOrDefault(backend => backend.IsUsable);

    /// <summary>Writes text.</summary>
    public void WriteText(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        foreach (HealthFinding finding in findings)
        {
            output.WriteLine($"{Mark(finding.Health)} {finding.Title,-TitleWidth}{finding.Value}");
            if (finding.Remedy is { } remedy) output.WriteLine($"  {"",-TitleWidth}({remedy})");
        }

        output.WriteLine();
        output.WriteLine("Capture backends of watch, in fallback order:");
        foreach (BackendStatus backend in backends)
        {
            string mark = backend == InUse ? ">" : backend.IsUsable ? "+" : "-";
            output.WriteLine($"{mark} {backend.Number}  {backend.Title} (--backend {backend.Name}){(backend == InUse ? ": in use" : "")}");
            if (backend.Reason is { } reason) output.WriteLine($"     {reason}");
        }

        if (InUse is null) return;
        output.WriteLine();
        output.WriteLine($"What backend {InUse.Number} does not see:");
        foreach (string missed in KernelExamination.Missed(InUse)) output.WriteLine($"  - {missed}");
    }

    /// <summary>Writes an object of JSON.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
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
        foreach (BackendStatus backend in backends) WriteJson(json, backend);
        json.WriteEndArray();
        if (InUse is not null)
        {
            json.WriteNumber("tier", InUse.Number);
            json.WriteStartArray("missed");
            foreach (string missed in KernelExamination.Missed(InUse)) json.WriteStringValue(missed);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteJson(Utf8JsonWriter json, BackendStatus backend)
    {
        json.WriteStartObject();
        json.WriteNumber("tier", backend.Number);
        json.WriteString("name", backend.Title);
        json.WriteString("backend", backend.Name);
        json.WriteBoolean("usable", backend.IsUsable);
        if (backend.Reason is { } reason) json.WriteString("reason", reason);
        if (backend.IsUsable)
        {
            json.WriteStartArray("missed");
            foreach (string missed in KernelExamination.Missed(backend)) json.WriteStringValue(missed);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Mark(Health health) => health switch
    {
        Health.Good => "+",
        Health.Limited => "~",
        _ => "!",
    };
}
