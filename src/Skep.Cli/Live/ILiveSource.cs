namespace Skep.Cli.Live;

/// <summary>What a live view shows: events, records, packets, changes, or samples. It hands them to its sink as they come.</summary>
internal interface ILiveSource
{
    /// <summary>Shows what comes, until <see cref="Stop"/>, one of the limits, or the end of what it follows.</summary>
    /// <exception cref="IOException">The output cannot be written.</exception>
    void Run(LiveLimits limits);

    /// <summary>Ends <see cref="Run"/>, from any thread; also before it. What came by then is still shown.</summary>
    void Stop();

    /// <summary>Prints what is to be known at the end: how many were shown, and how many were lost.</summary>
    /// <returns>False when something that was asked for was not done.</returns>
    bool Conclude();
}
