namespace Skep.Testing.Tests;

/// <summary>A run of this assembly's explicit tests in a process of its own: those that are there to fail.</summary>
internal static class InnerRun
{
    public static Outcome Of(string method, params (string Name, string Value)[] environment) =>
        Tool.Try(Environment.ProcessPath!, ["-noColor", "-explicit", "only", "-method", $"*{method}"], environment);
}
