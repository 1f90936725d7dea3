using System.Globalization;
using System.Text;
using Skep.Agent.Config;
using Skep.Agent.Fleet.Check;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Guard.Compile;
using Skep.Guard.Kernel;
using Skep.Guard.State;
using Skep.Guard.Syntax;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Agent.Fleet.Enforce;

/// <summary>
/// Enforces as <c>skep filter apply</c> and <c>skep guard apply</c> do; rules of alerts go to files that the agent reads.
/// </summary>
/// <param name="config">Where the files are.</param>
/// <param name="version">The agent's version.</param>
/// <param name="readAlerts">Has the agent read its alerts again; gives why it cannot.</param>
/// <param name="report">Takes messages.</param>
internal sealed class KernelEnforcer(AgentConfig config, string version, Func<string?> readAlerts, Action<string> report) : IEnforcer
{
    private const int MostAlertBytes = 1 << 20;

    /// <inheritdoc/>
    public string Apply(CheckedPart part, TimeSpan? confirm) => Try<string>($"applying {part.Key}", () =>
    {
        if (part.Table is { } table)
        {
            uint program = FilterApplier.Apply(
                table, new ApplyRequest([.. table.Devices], "", Replace: false) { Confirm = confirm, Source = SourceOf(part) }, report);
            return program.ToString(CultureInfo.InvariantCulture);
        }

        if (part.Key == PartKeys.Guard) return ApplyGuard(part.Guard, confirm);
        WriteAlerts(part);
        return part.Sum;
    });

    /// <inheritdoc/>
    public string? Confirm(string key, string mark) => Try<string?>($"confirming {key}", () =>
    {
        if (PartKeys.TableOf(key) is { } table)
        {
            if (Confirmation.Look(table, uint.Parse(mark, CultureInfo.InvariantCulture)) == ConfirmationState.Confirmed) return mark;
            return Confirmation.Confirm(table, report) == ConfirmationState.Confirmed ? mark : null;
        }

        if (key != PartKeys.Guard) return mark;
        AppliedGuard? waiting = AppliedGuard.ReadAll().FirstOrDefault(one => Mark(one.Generation) == mark);
        if (waiting is not { IsOver: false, State: { } state }) return null;
        if (state.UntilBootNs == 0) return mark;
        GuardApplier.Confirm(state, report);
        return Mark(AppliedGuard.ReadAll()[^1].Generation);
    });

    /// <inheritdoc/>
    public void Return(string key, string mark, CheckedPart? before) => Try($"returning {key}", () =>
    {
        if (PartKeys.TableOf(key) is { } table)
        {
            if (Confirmation.Look(table, uint.Parse(mark, CultureInfo.InvariantCulture)) == ConfirmationState.Waits)
                Confirmation.Return(table, report);
        }
        else if (key == PartKeys.Guard)
        {
            GuardApplier.Return(uint.Parse(mark, CultureInfo.InvariantCulture));
        }
        else
        {
            WriteAlerts(before);
        }

        return "";
    });

    /// <inheritdoc/>
    public void Remove(string key) => Try($"removing {key}", () =>
    {
        if (PartKeys.TableOf(key) is { } table) AppliedTable.Remove(table, report: report);
        else if (key == PartKeys.Guard) AppliedGuard.RemoveAll(report);
        else WriteAlerts(null);
        return "";
    });

    /// <inheritdoc/>
    public string? DriftOf(string key, string mark)
    {
        try
        {
            if (PartKeys.TableOf(key) is { } table)
            {
                if (!AppliedTable.List().Contains(table)) return $"{key} is not applied any more";
                return Confirmation.Look(table, uint.Parse(mark, CultureInfo.InvariantCulture)) == ConfirmationState.Returned
                    ? $"{key} has other rules than the agent applied" : null;
            }

            if (key == PartKeys.Guard)
                return AppliedGuard.ReadAll().Any(one => Mark(one.Generation) == mark)
                    ? null : "other policies of guard are applied, or none";
            return null;
        }
        catch (Exception e) when (IsFault(e))
        {
            return $"{key} cannot be read: {e.Message}";
        }
    }

    private static string Mark(uint generation) => generation.ToString(CultureInfo.InvariantCulture);

    private static bool IsFault(Exception e) => e is KernelException or IOException or UnauthorizedAccessException or InvalidDataException
        or NotSupportedException or NotSupportedByKernelException or FilterCompileException;

    private static T Try<T>(string what, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (IsFault(e))
        {
            throw new EnforceException($"{what}: {e.Message}", e);
        }
    }

    private AppliedSource? SourceOf(CheckedPart part) => part.Origin is not { Policy: { } policy } origin ? null
        : new AppliedSource($"fleet:{policy.Name}/{origin.File}", origin.Sha256, version)
        {
            // Versions of a directory have no numbers.
            Version = policy.Time.Length == 0 ? null : policy.Version.ToString(CultureInfo.InvariantCulture),
        };

    private string ApplyGuard(IReadOnlyList<PolicyFile> files, TimeSpan? confirm)
    {
        if (GuardSwitch.WhyDisabled() is { } reason) throw new NotSupportedException($"guard is disabled: {reason}");
        PolicyFile[] all = [.. files, PolicyFile.Read(BuiltInPolicy.Name, Encoding.UTF8.GetBytes(BuiltInPolicy.Text))];
        GuardTables tables = GuardApplier.Compile([.. all.Select(file => file.Policy!)]);
        return Mark(GuardApplier.Apply(
            tables, [.. all.Select(file => new AppliedPolicyFile(file.Source.Name, file.Source.Text))], confirm, report).Generation);
    }

    private void WriteAlerts(CheckedPart? part)
    {
        string directory = config.FleetAlertsDirectory;
        PrivateDirectory.Ensure(config.FleetDirectory, directory, report);
        var before = PrivateDirectory.FilesIn(directory, "").ToDictionary(path => path, path => PrivateFile.Read(path, MostAlertBytes)!);
        Write((part?.Alerts ?? []).Select((file, i) => (Path.Combine(directory, $"{i:000}.toml"), file.Bytes)));
        if (readAlerts() is not { } fault) return;
        Write(before.Select(file => (file.Key, file.Value)));
        throw new InvalidDataException(fault);

        void Write(IEnumerable<(string Path, byte[] Bytes)> files)
        {
            foreach (string path in PrivateDirectory.FilesIn(directory, "")) PrivateFile.Remove(path);
            foreach ((string path, byte[] bytes) in files) PrivateFile.ReplaceDurably(path, bytes);
        }
    }
}
