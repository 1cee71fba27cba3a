// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace tillpost {

namespace asio = boost::asio;

/// One thread that owns one blocking resource (the database, the MQTT library).
/// Jobs run in the order in which they were given. Destruction waits for the jobs already given.
class Worker {
public:
    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() { pool_.join(); }

    /// Runs job on the worker's thread; the caller waits on its own executor and never changes threads
    /// (a coroutine that hops threads races with its cancellation). job must not throw: failures are its value.
    template <class Job>
    asio::awaitable<std::invoke_result_t<Job&>> run(Job job) {
        using Outcome = std::invoke_result_t<Job&>;
        auto begin = [this](auto handler, Job work_item) {
            auto loop = asio::get_associated_executor(handler);
            auto work = asio::prefer(loop, asio::execution::outstanding_work.tracked);
            auto on_worker = [work, work_item = std::move(work_item), handler = std::move(handler)]() mutable {
                auto on_loop = [outcome = work_item(), handler = std::move(handler)]() mutable {
                    std::move(handler)(std::move(outcome));
                };
                asio::post(work, std::move(on_loop));
            };
            asio::post(pool_, std::move(on_worker));
        };
        return asio::async_initiate<const asio::use_awaitable_t<>&, void(Outcome)>(std::move(begin),
                                                                                   asio::use_awaitable, std::move(job));
    }

    /// Runs job on the worker's thread; nobody waits for it.
    template <class Job>
    void post(Job job) {
        asio::post(pool_, std::move(job));
    }

private:
    asio::thread_pool pool_{1};
};

}  // namespace tillpost
