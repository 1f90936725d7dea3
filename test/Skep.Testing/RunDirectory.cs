namespace Skep.Testing;

/// <summary>The files that all tests of a run share; removed when the process ends.</summary>
internal static class RunDirectory
{
    private static readonly Lazy<Scratch> Directory = new(() =>
    {
        var scratch = new Scratch(lastsAsLongAsTheRun: true);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => scratch.Dispose();
        return scratch;
    });

    public static string File(string name) => Directory.Value.File(name);
}
