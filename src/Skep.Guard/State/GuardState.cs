using System.Text.Json;
using System.Text.Json.Serialization;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;
using Skep.Linux.Files;

namespace Skep.Guard.State;

/// <summary>A policy file as it was applied.</summary>
/// <param name="Path">Where it was.</param>
/// <param name="Text">What was in it.</param>
public sealed record AppliedPolicyFile(string Path, string Text);

/// <summary>What the kernel does not know of a generation of policies.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="AppliedAt">When it was applied: RFC 3339, UTC.</param>
/// <param name="UntilBootNs">When it ends unless it is confirmed, CLOCK_BOOTTIME; 0 for never.</param>
/// <param name="Backend">How its programs are attached: <c>lsm</c> or <c>fmod_ret</c>.</param>
/// <param name="Files">Its policies, in order.</param>
public sealed record GuardState(uint Generation, string AppliedAt, ulong UntilBootNs, string Backend,
    IReadOnlyList<AppliedPolicyFile> Files)
{
    private const int MostBytes = 64 << 20;

    /// <summary>The policies; without those whose text this version does not read.</summary>
    public IReadOnlyList<Policy> ReadPolicies() =>
        [.. Files.Select(file => PolicyFile.Read(new SourceText(file.Path, file.Text)).Policy).OfType<Policy>()];

    /// <summary>Reads that of a generation; null where it is lost or damaged.</summary>
    internal static GuardState? Read(uint generation)
    {
        try
        {
            byte[]? bytes = PrivateFile.Read(GuardPaths.StateOf(generation), MostBytes);
            return bytes is null ? null : JsonSerializer.Deserialize(bytes, GuardStateContext.Default.GuardState);
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    internal void Write() =>
        PrivateFile.Replace(GuardPaths.StateOf(Generation), JsonSerializer.SerializeToUtf8Bytes(this,
            GuardStateContext.Default.GuardState));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GuardState))]
internal sealed partial class GuardStateContext : JsonSerializerContext;
