using System.CommandLine;
using System.Globalization;
using Skep.Cli.Common;
using Skep.Cli.Filter;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Guard.Compile;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Guard.Syntax;
using Skep.Linux.Errors;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard apply</c> and <c>confirm</c>.</summary>
internal static class GuardApplyCommand
{
    private static readonly CommandHelp s_help = new(
        "docs/guard.md",
        new("skep guard apply /etc/skep/guard.d", "all policies of the directory, in place of those before"),
        new("skep guard apply /etc/skep/guard.d --dry-run", "only look whether this kernel could"),
        new("skep guard apply new.toml --confirm 60s", "for a minute, unless skep guard confirm keeps it"))
    {
        Failed = "failed: what was decided before is decided as before",
        Usage = "wrong usage, or a policy has an error",
        Others = "3: not permitted, or this kernel cannot enforce policies",
    };

    public static Command Create()
    {
        Argument<string[]> files = GuardFiles.Argument();
        var dryRun = new Option<bool>("--dry-run") { Description = "Compile the policies for this machine, and change nothing." };
        var noBuiltIn = new Option<bool>("--no-built-in")
        {
            Description = "Leave out the built-in policy, against programs that could make guard blind.",
        };
        Option<TimeSpan?> confirm = Quantities.Time(
            "--confirm",
            "End the new policies after this time, unless skep guard confirm keeps them; those before stay beside them so long.");
        var apply = new SkepCommand(
            "apply", "Puts policies into the kernel, in place of those that are there: all of them, or none.", s_help)
        {
            files, dryRun, confirm, noBuiltIn,
        };
        apply.SetAction(parsed => Supported("apply policies", () =>
        {
            if (GuardFiles.TryRead(parsed.GetValue(files)!) is not { } read) return ExitCode.Usage;
            if (!parsed.GetValue(noBuiltIn)) read = new([.. read.Files, new(BuiltInPolicy.Name, BuiltInPolicy.Text, BuiltInPolicy.Read())]);
            return Apply(read, parsed.GetValue(dryRun), parsed.GetValue(confirm));
        }));
        return apply;
    }

    public static Command CreateConfirm()
    {
        var confirm = new SkepCommand("confirm", "Keeps the policies that apply --confirm put into the kernel for a time.", new(
            "docs/guard.md",
            new("skep guard confirm", "keep them"),
            new("skep guard apply new.toml --confirm 60s", "what it confirms"))
        {
            Failed = "failed, or too late: the new policies have ended",
        });
        confirm.SetAction(_ => Supported("confirm policies", () =>
        {
            AppliedGuard? waiting = AppliedGuard.ReadAll().LastOrDefault(applied => applied.State is { UntilBootNs: > 0 });
            if (waiting is null)
                return Message.Error("confirming policies: none wait to be confirmed (skep guard apply FILE --confirm 60s applies some)",
                    ExitCode.Failed);
            if (waiting.IsOver) return Message.Error("confirming policies: it is too late (apply them again)", ExitCode.Failed);
            GuardApplier.Confirm(waiting.State!, Message.Print);
            return ExitCode.Done;
        }));
        return confirm;
    }

    private static int Apply(GuardPolicies read, bool dryRun, TimeSpan? confirm)
    {
        if (GuardSwitch.WhyDisabled() is { } reason)
        {
            Message.Print($"guard is disabled: {reason}; no policy is applied");
            return ExitCode.Done;
        }

        GuardTables tables = GuardApplier.Compile([.. read.Files.Select(file => file.Policy)]);
        foreach (string notice in tables.Notices) Message.Print(notice);
        foreach (Policy policy in tables.Policies)
            if (policy.Rules.Any(rule => rule.Conditions.Any(c => c.Kind == ConditionKind.Finding)))
                Message.Print($"policy {policy.Name}: rules with finding are judged by skep guard test, and not in the kernel");
        if (dryRun)
        {
            string backend = GuardApplier.Backend();
            StandardOutput.WriteText(text => text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"policies: {tables.Policies.Count}, rules: {tables.Rules.Count}, backend: {backend}; nothing is changed")));
            return ExitCode.Done;
        }

        GuardApplier.Apply(tables, [.. read.Files.Select(file => new AppliedPolicyFile(file.Path, file.Text))], confirm, Message.Print);
        if (confirm is { } time)
            Message.Print(string.Create(CultureInfo.InvariantCulture,
                $"the new policies end in {time.TotalSeconds:0.###} s unless they are kept (skep guard confirm)"));
        return ExitCode.Done;
    }

    /// <summary>Runs what needs root and the kernel side.</summary>
    public static int Supported(string what, Func<int> action)
    {
        try
        {
            return FilterTables.Guarded(what, action);
        }
        catch (NotSupportedException e)
        {
            return Message.Error($"{what}: {e.Message}", ExitCode.NotPermitted);
        }
        catch (KernelException e) when (e.Error.Name is "EPERM" or "EACCES")
        {
            string why = AppliedGuard.ReadAll().Any(applied => applied.IsDeciding)
                ? "the policies that are applied may deny it (skep guard log shows that, skep guard remove ends them)"
                : "this kernel refuses programs of type LSM (skep guard watch judges after the fact)";
            return Message.Error($"{what}: {e.Message}: {why}", ExitCode.NotPermitted);
        }
    }
}
