namespace Skep.Cli.Common;

/// <summary>An exception that no command expects: a fault of Skep itself.</summary>
internal static class InternalError
{
    /// <summary>Has one in any thread end the process with a report and <see cref="ExitCode.Failed"/>, not by an abort.</summary>
    public static void TakeAll() => AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
    {
        if (unhandled.ExceptionObject is Exception e) Report(e);
        Environment.Exit(ExitCode.Failed);
    };

    /// <summary>Reports one.</summary>
    public static int Report(Exception e)
    {
        const string remedy = "a fault of skep: report it with the command line, skep --version, uname -r and the lines below";
        Message.Print($"internal error: {e.GetType().Name}: {e.Message} ({remedy})");
        string[] places = (e.StackTrace ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string place in places) Message.PrintLine(place.TrimEnd());
        return ExitCode.Failed;
    }
}
