/// <summary>Run by .NET in a skep that is started with DOTNET_STARTUP_HOOKS: plants a fault in a thread of its own.</summary>
internal static class StartupHook
{
    public const string Fault = "a planted fault";

    // Main has begun by then.
    public static void Initialize() => new Thread(() =>
    {
        Thread.Sleep(1000);
        throw new InvalidOperationException(Fault);
    }).Start();
}
