namespace Skep.EndToEnd.Support;

/// <summary>Tracepoints by the numbers that tracefs gives them.</summary>
internal static class Tracepoint
{
    public static string Id(string name)
    {
        string? file = new[] { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" }.Select(
            root => $"{root}/events/{name}/id").FirstOrDefault(File.Exists);
        Assert.SkipWhen(file is null, "the machine cannot: it has no tracefs");
        return File.ReadAllText(file!).Trim();
    }
}
