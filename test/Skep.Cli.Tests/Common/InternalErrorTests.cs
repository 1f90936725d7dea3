using System.Diagnostics;
using Skep.Cli.Common;

namespace Skep.Cli.Tests.Common;

public sealed class InternalErrorTests
{
    private const string NoHooks = "\"System.StartupHookProvider.IsSupported\": false";

    [Fact]
    public void A_fault_in_any_thread_is_reported_and_fails_the_command()
    {
        string skepFile = typeof(ExitCode).Assembly.Location,
            config = Path.Combine(Path.GetTempPath(), $"skep-{Environment.ProcessId}.runtimeconfig.json");
        string settings = File.ReadAllText(Path.ChangeExtension(skepFile, ".runtimeconfig.json"));
        Assert.Contains(NoHooks, settings, StringComparison.Ordinal);
        File.WriteAllText(config, settings
            .Replace(NoHooks, NoHooks.Replace("false", "true", StringComparison.Ordinal), StringComparison.Ordinal));
        var start = new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", config, skepFile, "filter", "check",
            "-"])
        { RedirectStandardInput = true, RedirectStandardError = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        using Process skep = Process.Start(start)!;
        string error = skep.StandardError.ReadToEnd();
        Assert.True(skep.WaitForExit(30_000));
        File.Delete(config);
        Assert.Equal(1, skep.ExitCode);
        string[] lines = error.Split('\n');
        Assert.StartsWith($"skep: internal error: InvalidOperationException: {StartupHook.Fault} (a fault of skep: report it with",
            lines[0], StringComparison.Ordinal);
        Assert.Contains(nameof(StartupHook), lines[1], StringComparison.Ordinal);
    }
}
