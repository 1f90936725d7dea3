using Skep.Filter.Runtime.Log;

namespace Skep.Cli.Filter;

/// <summary>Takes logged packets.</summary>
internal interface ILogSink
{
    void Write(LoggedPacket packet);

    /// <summary>What was written so far reaches who follows the output.</summary>
    void Flush();
}
